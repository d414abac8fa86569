CREATE TABLE `account` (
	`id` integer PRIMARY KEY NOT NULL,
	`credentials` text,
	`linked_at` integer NOT NULL,
	`blocked_by` text
);
--> statement-breakpoint
CREATE TABLE `actions` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`kind` text NOT NULL,
	`status` text DEFAULT 'pending' NOT NULL,
	`stage` text DEFAULT 'queued' NOT NULL,
	`worker` text,
	`wishes` text NOT NULL,
	`wish_index` integer DEFAULT 0 NOT NULL,
	`eager` integer DEFAULT false NOT NULL,
	`slot` text,
	`sent` text,
	`in_page` integer DEFAULT false NOT NULL,
	`watch_until` integer,
	`watching` integer DEFAULT false NOT NULL,
	`booking_id` integer,
	`weekly_id` integer,
	`failures` text NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`crashes` integer DEFAULT 0 NOT NULL,
	`reason` text,
	`message` text,
	`dry_run` text,
	`chat_id` integer,
	`message_id` integer,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`completed_at` integer
);
--> statement-breakpoint
CREATE INDEX `actions_open` ON `actions` (`id`) WHERE status in ('pending', 'processing');--> statement-breakpoint
CREATE TABLE `bookings` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`key` text NOT NULL,
	`type` text NOT NULL,
	`name` text NOT NULL,
	`course` text,
	`location` text NOT NULL,
	`date` text NOT NULL,
	`start` text NOT NULL,
	`minutes` integer NOT NULL,
	`starts_at` integer NOT NULL,
	`state` text DEFAULT 'active' NOT NULL,
	`weekly_id` integer,
	`missing_since` integer,
	`sequence` integer DEFAULT 0 NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `bookings_active` ON `bookings` (`key`) WHERE state = 'active';--> statement-breakpoint
CREATE TABLE `candidates` (
	`action_id` integer PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`sealed` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `confirmations` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`kind` text NOT NULL,
	`weekly_id` integer NOT NULL,
	`target` text NOT NULL,
	`booking_id` integer,
	`ask_at` integer NOT NULL,
	`deadline` integer NOT NULL,
	`status` text DEFAULT 'scheduled' NOT NULL,
	`decided_at` integer
);
--> statement-breakpoint
CREATE TABLE `evidence` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`step` text NOT NULL,
	`detail` text NOT NULL,
	`html` text NOT NULL,
	`screenshot` text
);
--> statement-breakpoint
CREATE TABLE `facts` (
	`name` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `history` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`at` integer NOT NULL,
	`what` text NOT NULL,
	`name` text,
	`location` text,
	`date` text,
	`start` text,
	`reason` text,
	`action_id` integer,
	`weekly_id` integer
);
--> statement-breakpoint
CREATE TABLE `lock` (
	`id` integer PRIMARY KEY NOT NULL,
	`owner` text NOT NULL,
	`until` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `occurrences` (
	`weekly_id` integer NOT NULL,
	`date` text NOT NULL,
	`state` text NOT NULL,
	`action_id` integer,
	`confirmation_id` integer,
	`booking_id` integer,
	PRIMARY KEY(`weekly_id`, `date`)
);
--> statement-breakpoint
CREATE TABLE `outbox` (
	`event` text PRIMARY KEY NOT NULL,
	`chat_id` integer NOT NULL,
	`notice` text NOT NULL,
	`created_at` integer NOT NULL,
	`revision` integer DEFAULT 0 NOT NULL,
	`done_at` integer
);
--> statement-breakpoint
CREATE INDEX `outbox_open` ON `outbox` (`created_at`) WHERE done_at is null;--> statement-breakpoint
CREATE TABLE `requests` (
	`key` text PRIMARY KEY NOT NULL,
	`answer` text NOT NULL,
	`at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `session` (
	`id` integer PRIMARY KEY NOT NULL,
	`cookies` text NOT NULL,
	`obtained_at` integer NOT NULL,
	`seen_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `timers` (
	`name` text PRIMARY KEY NOT NULL,
	`due_at` integer NOT NULL,
	`revision` integer DEFAULT 0 NOT NULL,
	`failures` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE `weekly` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`type` text NOT NULL,
	`name` text NOT NULL,
	`location` text NOT NULL,
	`day_of_week` integer NOT NULL,
	`start` text NOT NULL,
	`policy` text NOT NULL,
	`alternatives` text NOT NULL,
	`watch_hours_before` integer,
	`paused` integer DEFAULT false NOT NULL,
	`skip_until` text,
	`created_at` integer NOT NULL
);
