-- The log begins at 0 in a life of its own.
INSERT INTO "head" ("id", "position", "epoch") VALUES (1, 0, gen_random_uuid()::text);
--> statement-breakpoint
ALTER TABLE "head" ADD CONSTRAINT "head_is_one_row" CHECK ("id" = 1);
