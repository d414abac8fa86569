// Generated from the wrangler files by `npm run types`; checked by `npm run check`. Do not edit.

export interface EdgeEnv {
	DB: D1Database;
	AVAILABILITY: Queue;
	OUTBOUND: Queue;
	VISITORS: RateLimit;
	TELEGRAM_API_ROOT: string;
	PORTAL_ORIGIN: string;
	PORTAL_RELAY: string;
	SPORTRICK_BASE: string;
	POLL_INTERVAL_SECONDS: string;
	ADAPTIVE_POLLING: string;
	SECOND_READING_PERCENT: string;
	SEND_RATE_PER_SECOND: string;
	ADMIN_IDS: string;
	SPORT_USER_IDS: string;
	PUBLIC_URL: string;
	PUSH_HOSTS: string;
	CLOCK_SHIFT_SECONDS: string;
	TELEGRAM_BOT_TOKEN: string;
	TELEGRAM_WEBHOOK_SECRET: string;
	ENCRYPTION_KEY: string;
	STUDENTS: DurableObjectNamespace<import("./sport/student/student.ts").Student>;
}

export interface DispatcherEnv {
	DB: D1Database;
	AVAILABILITY: Queue;
	OUTBOUND: Queue;
	TELEGRAM_API_ROOT: string;
	PORTAL_ORIGIN: string;
	SEND_RATE_PER_SECOND: string;
	SENDERS: string;
	ADMIN_IDS: string;
	PUBLIC_URL: string;
	PUSH_HOSTS: string;
	CLOCK_SHIFT_SECONDS: string;
	TELEGRAM_BOT_TOKEN: string;
	SENDER: DurableObjectNamespace<import("./delivery/channels/telegram/sender-object.ts").Sender>;
}

export interface BookingEnv {
	DB: D1Database;
	OUTBOUND: Queue;
	BROWSER: BrowserRun;
	SPORTRICK_BASE: string;
	SPORT_USER_IDS: string;
	PUBLIC_URL: string;
	CLOCK_SHIFT_SECONDS: string;
	ENCRYPTION_KEY: string;
	STUDENTS: DurableObjectNamespace<import("./sport/student/student.ts").Student>;
}

declare module "*.sql" {
	const text: string;
	export default text;
}
