/** What becomes of header names with underscores: the choice there is. */

/**
 * `forward`: as they came, but for those that would be read as a header over which something is decided, or that stands
 * there with hyphens too. `drop`: none goes on. `reject`: the request is answered 400.
 */
export const UNDERSCORE_POLICIES = ["forward", "drop", "reject"] as const;
export type UnderscorePolicy = (typeof UNDERSCORE_POLICIES)[number];
