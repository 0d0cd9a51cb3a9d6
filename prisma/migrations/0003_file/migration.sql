-- Files of a domain (/storage/v1/Files). Their bytes are parts of one size, so that neither an upload nor a reader holds more than one.
CREATE TABLE "file" (
  "domain_id" INTEGER NOT NULL,
  "name" TEXT COLLATE "C" NOT NULL,
  "id" TEXT COLLATE "C" NOT NULL,
  "content_type" TEXT NOT NULL,
  "is_public" BOOLEAN NOT NULL,
  "size" BIGINT NOT NULL,
  "created_at" BIGINT NOT NULL,
  PRIMARY KEY ("domain_id", "name")
);
CREATE UNIQUE INDEX "file_id" ON "file" ("domain_id", "id");

-- Parts are written before their file: those of an upload that broke off belong to none, and go when they are old.
CREATE TABLE "file_part" (
  "domain_id" INTEGER NOT NULL,
  "file_id" TEXT COLLATE "C" NOT NULL,
  "part" INTEGER NOT NULL,
  "written_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "content" BYTEA NOT NULL,
  PRIMARY KEY ("domain_id", "file_id", "part")
);
