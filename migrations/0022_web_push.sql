CREATE TABLE `push_subscriptions` (
	`chat_id` integer PRIMARY KEY NOT NULL,
	`endpoint` text NOT NULL,
	`p256dh` text NOT NULL,
	`auth` text NOT NULL,
	`our_key` text NOT NULL,
	`secret_hash` text NOT NULL,
	`confirm_token` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `push_subscriptions_endpoint_unique` ON `push_subscriptions` (`endpoint`);--> statement-breakpoint
CREATE UNIQUE INDEX `push_subscriptions_secret_hash_unique` ON `push_subscriptions` (`secret_hash`);--> statement-breakpoint
CREATE INDEX `push_subscriptions_unconfirmed` ON `push_subscriptions` (`created_at`) WHERE confirm_token IS NOT NULL;