-- Which release's shipped content a domain has; NULL: that of a release before this column.
ALTER TABLE "domain" ADD COLUMN "content_version" TEXT COLLATE "C";
