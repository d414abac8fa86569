ALTER TABLE `subscriptions` ADD `booked_at` integer;--> statement-breakpoint
ALTER TABLE `subscriptions` ADD `booked_date` text;--> statement-breakpoint
CREATE INDEX `subscriptions_booked` ON `subscriptions` (`booked_at`) WHERE booked_at IS NOT NULL;