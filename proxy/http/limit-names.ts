/** Limits that one side of the doors holds to and the other one tells of: names in logs and figures. */
export const UPLOAD_RATE = "upload_rate";
export const WRITE_IDLE = "write_idle_timeout";
