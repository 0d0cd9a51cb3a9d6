-- Times are milliseconds since the Unix epoch. Every query starts with domain_id. Text that is compared or sorted is
-- COLLATE "C", so that order, ranges and prefixes are the same on every server.

CREATE TABLE "domain" (
  "id" INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "name" TEXT NOT NULL,
  "name_lc" TEXT COLLATE "C" NOT NULL,
  "tenant" TEXT NOT NULL,
  "ocid" TEXT NOT NULL,
  "compartment_ocid" TEXT NOT NULL,
  "tenancy_ocid" TEXT NOT NULL,
  "epoch" INTEGER NOT NULL DEFAULT 1,
  "clock_offset_ms" BIGINT NOT NULL DEFAULT 0,
  "clock_frozen_at_ms" BIGINT,
  "created_at" BIGINT NOT NULL,
  "dropped_at" BIGINT
);

-- A dropped domain keeps its row until its data is purged, but not its name.
CREATE UNIQUE INDEX "domain_name_lc_key" ON "domain" ("name_lc") WHERE "dropped_at" IS NULL;

-- One row a resource. `data` is JSON and not JSONB: it is only ever read whole, keeps the order of its keys, and costs 4 us a
-- row to send where JSONB costs 10. `search` is the copy that filters look at (src/store/search-document.ts).
CREATE TABLE "resource" (
  "domain_id" INTEGER NOT NULL,
  "type" TEXT COLLATE "C" NOT NULL,
  "id" TEXT COLLATE "C" NOT NULL,
  "seq" BIGINT GENERATED ALWAYS AS IDENTITY,
  "ocid" TEXT COLLATE "C",
  "name_lc" TEXT COLLATE "C",
  "display_lc" TEXT COLLATE "C",
  "external_id" TEXT COLLATE "C",
  "active" BOOLEAN,
  "display" TEXT,
  "version" TEXT COLLATE "C" NOT NULL,
  "created_at" BIGINT NOT NULL,
  "modified_at" BIGINT NOT NULL,
  "data" JSON NOT NULL,
  "search" JSONB NOT NULL,
  "secret" JSON,
  -- id before type: the other end of an edge is found by domain and id alone
  PRIMARY KEY ("domain_id", "id", "type")
);

-- The paging orders. Each ends in seq, so that a deep page is found in the index alone and then joined by (type, seq).
CREATE UNIQUE INDEX "resource_seq" ON "resource" ("domain_id", "type", "seq") INCLUDE ("active");
CREATE INDEX "resource_name" ON "resource" ("domain_id", "type", "name_lc", "seq");
CREATE INDEX "resource_display" ON "resource" ("domain_id", "type", "display_lc", "seq");
CREATE INDEX "resource_modified" ON "resource" ("domain_id", "type", "modified_at", "seq");
CREATE INDEX "resource_external_id" ON "resource" ("domain_id", "type", "external_id") WHERE "external_id" IS NOT NULL;
CREATE INDEX "resource_ocid" ON "resource" ("domain_id", "ocid") WHERE "ocid" IS NOT NULL;

-- fastupdate=off: with a pending list, reads after inserts were 10 times slower.
CREATE INDEX "resource_search" ON "resource" USING GIN ("search" jsonb_path_ops) WITH (fastupdate = off);

-- No statistics of domain_id: with them the planner takes a domain it has not seen yet for empty, and reads all of it where
-- an index would do. Without them it takes every domain for a 200th of the table. The JSON is never compared.
ALTER TABLE "resource" ALTER COLUMN "domain_id" SET STATISTICS 0;
ALTER TABLE "resource" ALTER COLUMN "data" SET STATISTICS 0;
ALTER TABLE "resource" ALTER COLUMN "secret" SET STATISTICS 0;

-- Trigrams for `co` on two columns, of which a name has dozens: with a short pending list (64 kB, eight pages to look through
-- for a search) writing a user takes half the time.  A server may not let us install the extension: `co` is then correct but slower.
DO $$
BEGIN
  BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
  EXCEPTION WHEN OTHERS THEN
    RAISE NOTICE 'pg_trgm cannot be installed (%): co filters scan', SQLERRM;
  END;
  IF EXISTS (SELECT 1 FROM pg_opclass WHERE opcname = 'gin_trgm_ops' AND pg_opclass_is_visible(oid)) THEN
    CREATE INDEX "resource_name_trgm" ON "resource" USING GIN ("name_lc" gin_trgm_ops)
      WITH (fastupdate = on, gin_pending_list_limit = 64);
    CREATE INDEX "resource_display_trgm" ON "resource" USING GIN ("display_lc" gin_trgm_ops)
      WITH (fastupdate = on, gin_pending_list_limit = 64);
  END IF;
END
$$;

-- Values that no two resources of a type may share (attributes with uniqueness server or global).
CREATE TABLE "unique_key" (
  "domain_id" INTEGER NOT NULL,
  "type" TEXT COLLATE "C" NOT NULL,
  "attribute" TEXT COLLATE "C" NOT NULL,
  "value" TEXT COLLATE "C" NOT NULL,
  "id" TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY ("domain_id", "type", "attribute", "value")
);

ALTER TABLE "unique_key" ALTER COLUMN "domain_id" SET STATISTICS 0;
CREATE INDEX "unique_key_id" ON "unique_key" ("domain_id", "type", "id");

-- How many resources of a type there are: the sum over the slots. A backend counts in the slot of its process id, so that
-- writers seldom wait for each other.
CREATE TABLE "counter" (
  "domain_id" INTEGER NOT NULL,
  "type" TEXT COLLATE "C" NOT NULL,
  "slot" INTEGER NOT NULL,
  "n" BIGINT NOT NULL,
  PRIMARY KEY ("domain_id", "type", "slot")
);

-- Directed relations: group membership, AppRole membership. The kind comes after the id, so that a deleted resource's edges
-- of every kind are found.
CREATE TABLE "edge" (
  "domain_id" INTEGER NOT NULL,
  "kind" TEXT COLLATE "C" NOT NULL,
  "source_id" TEXT COLLATE "C" NOT NULL,
  "target_id" TEXT COLLATE "C" NOT NULL,
  "target_type" TEXT COLLATE "C" NOT NULL,
  "seq" BIGINT GENERATED ALWAYS AS IDENTITY,
  "created_at" BIGINT NOT NULL,
  PRIMARY KEY ("domain_id", "source_id", "kind", "target_id")
);

ALTER TABLE "edge" ALTER COLUMN "domain_id" SET STATISTICS 0;
CREATE INDEX "edge_target" ON "edge" ("domain_id", "target_id", "kind", "source_id");
CREATE INDEX "edge_order" ON "edge" ("domain_id", "source_id", "kind", "seq");

-- Key pairs of domains; those without a domain are made ahead.
CREATE TABLE "signing_key" (
  "id" BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  "domain_id" INTEGER,
  "kid" TEXT NOT NULL,
  "private_key" TEXT NOT NULL,
  "public_jwk" JSON NOT NULL,
  "created_at" BIGINT NOT NULL,
  "active" BOOLEAN NOT NULL
);

CREATE INDEX "signing_key_domain" ON "signing_key" ("domain_id", "id");
-- two processes that give a domain its first key at once: one of them fails and takes the other's. Keys of the pool have no domain.
CREATE UNIQUE INDEX "signing_key_kid" ON "signing_key" ("domain_id", "kid");

-- One-purpose tokens by the SHA-256 of their value.
CREATE TABLE "token" (
  "domain_id" INTEGER NOT NULL,
  "kind" TEXT COLLATE "C" NOT NULL,
  "hash" TEXT COLLATE "C" NOT NULL,
  "created_at" BIGINT NOT NULL,
  "expires_at" BIGINT NOT NULL,
  "data" JSON NOT NULL,
  PRIMARY KEY ("domain_id", "kind", "hash")
);

CREATE INDEX "token_expires" ON "token" ("domain_id", "expires_at");

-- Captured mails, SMS and pushes.
CREATE TABLE "message" (
  "domain_id" INTEGER NOT NULL,
  "id" TEXT COLLATE "C" NOT NULL,
  "seq" BIGINT GENERATED ALWAYS AS IDENTITY,
  "channel" TEXT NOT NULL,
  "recipient" TEXT COLLATE "C" NOT NULL,
  "subject" TEXT,
  "created_at" BIGINT NOT NULL,
  "data" JSON NOT NULL,
  PRIMARY KEY ("domain_id", "id")
);

CREATE INDEX "message_order" ON "message" ("domain_id", "seq");

-- Small values of the whole installation.
CREATE TABLE "installation" (
  "name" TEXT COLLATE "C" PRIMARY KEY,
  "value" TEXT NOT NULL
);
