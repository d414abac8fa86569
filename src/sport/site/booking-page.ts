/** The path of the student's bookings on the site; the pages and requests of a booking are below it. */
export const BOOKING_PAGE = '/Booking'
