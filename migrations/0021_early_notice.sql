ALTER TABLE `chats` ADD `early_notice` integer DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX `chats_early_notice` ON `chats` (`id`) WHERE early_notice = 1;--> statement-breakpoint
ALTER TABLE `offices` ADD `published_for` text;