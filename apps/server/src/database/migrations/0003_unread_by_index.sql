CREATE TABLE "mentions" (
	"user_id" uuid NOT NULL,
	"channel_id" uuid NOT NULL,
	"number" bigint NOT NULL,
	CONSTRAINT "mentions_user_id_channel_id_number_pk" PRIMARY KEY("user_id","channel_id","number")
);
--> statement-breakpoint
DROP INDEX "messages_thread_number";--> statement-breakpoint
ALTER TABLE "memberships" ADD COLUMN "set_back_from" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "messages_not_counted" ON "messages" USING btree ("channel_id","number") WHERE "messages"."number" is not null and ("messages"."deleted_at" is not null or "messages"."kind" <> 'text');--> statement-breakpoint
CREATE INDEX "messages_to_everybody" ON "messages" USING btree ("channel_id","number","author_id") WHERE "messages"."number" is not null and ("messages"."mentions_channel" or "messages"."mentions_here");--> statement-breakpoint
CREATE UNIQUE INDEX "messages_thread_number" ON "messages" USING btree ("thread_root_id","thread_number") WHERE "messages"."thread_root_id" is not null;