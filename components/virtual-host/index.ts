export { VirtualHost } from "./component";
export type { StickyCookieArgs, VirtualHostArgs, VirtualHostTlsArgs } from "./schema";
