ALTER TABLE `chats` ADD `thread_id` integer;--> statement-breakpoint
ALTER TABLE `subscriptions` ADD `thread_id` integer;