export { ExternalService } from "./component";
export type { ExternalPorts, ExternalPortSpec, ExternalServiceArgs, ExternalTlsArgs } from "./schema";
