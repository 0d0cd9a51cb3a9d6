-- Audit events: a table of their own, since there is one with every write. No GIN index: an event costs its row and six small
-- entries of B-trees, and the indexes that resources are found by stay as small as the resources are few.
CREATE TABLE "audit_event" (
  "domain_id" INTEGER NOT NULL,
  "id" TEXT COLLATE "C" NOT NULL,
  "seq" BIGINT GENERATED ALWAYS AS IDENTITY,
  "event_lc" TEXT COLLATE "C" NOT NULL,
  "actor_lc" TEXT COLLATE "C",
  "ec_id" TEXT COLLATE "C",
  "time_at" BIGINT NOT NULL,
  "created_at" BIGINT NOT NULL,
  "data" JSON NOT NULL,
  "search" JSONB NOT NULL,
  PRIMARY KEY ("domain_id", "id")
);

CREATE UNIQUE INDEX "audit_event_seq" ON "audit_event" ("domain_id", "seq");
CREATE INDEX "audit_event_time" ON "audit_event" ("domain_id", "time_at", "seq");
CREATE INDEX "audit_event_event" ON "audit_event" ("domain_id", "event_lc", "seq");
CREATE INDEX "audit_event_actor" ON "audit_event" ("domain_id", "actor_lc", "seq");
CREATE INDEX "audit_event_ec_id" ON "audit_event" ("domain_id", "ec_id") WHERE "ec_id" IS NOT NULL;

-- As for resources: no statistics of what is never compared, and none that make a new domain look empty.
ALTER TABLE "audit_event" ALTER COLUMN "domain_id" SET STATISTICS 0;
ALTER TABLE "audit_event" ALTER COLUMN "data" SET STATISTICS 0;
