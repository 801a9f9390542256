/** The last good version of each object. */
export class ResourceStore {}
