CREATE TABLE "release_manifests" (
	"release_id" uuid NOT NULL,
	"platform" text NOT NULL,
	"arch" text NOT NULL,
	"minimum_version" text,
	"files" jsonb NOT NULL,
	"manifest" text NOT NULL,
	"signatures" jsonb NOT NULL,
	CONSTRAINT "release_manifests_release_id_platform_arch_pk" PRIMARY KEY("release_id","platform","arch")
);
--> statement-breakpoint
CREATE TABLE "releases" (
	"id" uuid PRIMARY KEY NOT NULL,
	"channel" text NOT NULL,
	"version" text NOT NULL,
	"percentage" integer NOT NULL,
	"published_by" uuid NOT NULL,
	"published_at" timestamp (3) with time zone NOT NULL,
	"changed_by" uuid NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL,
	"withdrawn_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "release_manifests" ADD CONSTRAINT "release_manifests_release_id_releases_id_fk" FOREIGN KEY ("release_id") REFERENCES "public"."releases"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "releases" ADD CONSTRAINT "releases_published_by_users_id_fk" FOREIGN KEY ("published_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "releases" ADD CONSTRAINT "releases_changed_by_users_id_fk" FOREIGN KEY ("changed_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "release_manifests_files" ON "release_manifests" USING gin ("files" jsonb_path_ops);--> statement-breakpoint
CREATE UNIQUE INDEX "releases_channel_version" ON "releases" USING btree ("channel","version");