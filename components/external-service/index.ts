export { ExternalService } from "./component";
export type {
    ExternalMode,
    ExternalPorts,
    ExternalPortSpec,
    ExternalServiceArgs,
    ExternalSourceArgs,
    ExternalTlsArgs,
} from "./schema";
