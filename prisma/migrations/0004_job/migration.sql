-- What jobs say of each row: a table of their own, since an import has as many as its file has rows. No GIN index: they are found by
-- their history.
CREATE TABLE "job_report" (
  "domain_id" INTEGER NOT NULL,
  "id" TEXT COLLATE "C" NOT NULL,
  "seq" BIGINT GENERATED ALWAYS AS IDENTITY,
  "history_lc" TEXT COLLATE "C" NOT NULL,
  "created_at" BIGINT NOT NULL,
  "data" JSON NOT NULL,
  "search" JSONB NOT NULL,
  PRIMARY KEY ("domain_id", "id")
);
CREATE UNIQUE INDEX "job_report_seq" ON "job_report" ("domain_id", "seq");
CREATE INDEX "job_report_history" ON "job_report" ("domain_id", "history_lc", "seq");
ALTER TABLE "job_report" ALTER COLUMN "domain_id" SET STATISTICS 0;
ALTER TABLE "job_report" ALTER COLUMN "data" SET STATISTICS 0;

-- Jobs that run, by their histories. The process that runs one moves beat_at on; where it stands still, the process is gone.
CREATE TABLE "job_run" (
  "domain_id" INTEGER NOT NULL,
  "history_id" TEXT COLLATE "C" NOT NULL,
  "beat_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  PRIMARY KEY ("domain_id", "history_id")
);
