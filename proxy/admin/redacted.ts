/** What stands in a dump in the place of what may be a secret. */
export const REDACTED = "redacted";
