-- What has been posted before there was a place for it.
INSERT INTO "mentions" ("user_id", "channel_id", "number")
SELECT DISTINCT mentioned."id", m."channel_id", m."number"
FROM "messages" m, unnest(m."mention_user_ids") AS mentioned("id")
WHERE m."number" IS NOT NULL AND m."deleted_at" IS NULL AND mentioned."id" <> m."author_id"
  AND NOT m."mentions_channel" AND NOT m."mentions_here";
--> statement-breakpoint
-- Marks that were set back, as far as their owners have written beyond them.
UPDATE "memberships" SET "set_back_from" = furthest."number"
FROM (
  SELECT p."channel_id", p."user_id", max(m."number") AS "number"
  FROM "memberships" p
  JOIN "messages" m ON m."channel_id" = p."channel_id" AND m."author_id" = p."user_id"
  WHERE m."number" > p."read_through"
  GROUP BY p."channel_id", p."user_id") furthest
WHERE furthest."channel_id" = "memberships"."channel_id" AND furthest."user_id" = "memberships"."user_id";
