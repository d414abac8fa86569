ALTER TABLE `chats` ADD `only_from_day` text;--> statement-breakpoint
ALTER TABLE `chats` ADD `only_weekdays` text;--> statement-breakpoint
ALTER TABLE `chats` ADD `only_windows` text;--> statement-breakpoint
ALTER TABLE `chats` ADD `min_day_places` integer DEFAULT 1 NOT NULL;