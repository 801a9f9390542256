export { VirtualHost } from "./component";
export type { VirtualHostArgs, VirtualHostTlsArgs } from "./schema";
