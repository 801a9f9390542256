/** `envoyExtAuthzGrpc`: a server of Envoy's own protocol that is asked (pilot/pkg/security/authz/builder/extauthz.go). */
import type { Settings } from "../provider-settings";
import { readAsked, readBody, type AskedSettings, type BodySettings } from "./asked";

export const GRPC_KIND = "envoyExtAuthzGrpc";

export interface GrpcProviderSettings extends AskedSettings {
    readonly kind: "grpc";
    readonly body?: BodySettings;
}

export function readGrpc(given: Settings): GrpcProviderSettings {
    const body = readBody(given);
    return { kind: "grpc", ...readAsked(given), ...(body ? { body } : {}) };
}
