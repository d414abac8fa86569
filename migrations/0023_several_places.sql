DROP INDEX `chats_day_places`;--> statement-breakpoint
CREATE INDEX `chats_several_places` ON `chats` (`id`) WHERE max(min_places, min_day_places) > 1;--> statement-breakpoint
ALTER TABLE `alerts` ADD `places` text;