export { ExternalService } from "./component";
export type { ExternalPortSpec, ExternalServiceArgs, ExternalTlsArgs } from "./args";
