CREATE TABLE "thread_choices" (
	"user_id" uuid NOT NULL,
	"root_id" uuid NOT NULL,
	"channel_id" uuid NOT NULL,
	"following" boolean NOT NULL,
	"position" bigint NOT NULL,
	CONSTRAINT "thread_choices_user_id_root_id_pk" PRIMARY KEY("user_id","root_id")
);
--> statement-breakpoint
ALTER TABLE "thread_choices" ADD CONSTRAINT "thread_choices_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "thread_choices" ADD CONSTRAINT "thread_choices_root_id_messages_id_fk" FOREIGN KEY ("root_id") REFERENCES "public"."messages"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "thread_choices" ADD CONSTRAINT "thread_choices_channel_id_channels_id_fk" FOREIGN KEY ("channel_id") REFERENCES "public"."channels"("id") ON DELETE no action ON UPDATE no action;