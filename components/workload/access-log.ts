/** What is wrong with `accessLog`: what a Telemetry of one gateway can't say. */
import { fault, mentionsUnknown, type Fault } from "../arguments";
import type { WorkloadPlan } from "./plan";

/** What a provider's definition says in Istio, for all that name it. */
const OF_THE_PROVIDER = ["format", "logFormat", "text", "labels", "json", "encoding", "file", "path", "omitEmptyValues"];

export function accessLogFaults({ args: { accessLog } }: WorkloadPlan): Fault[] {
    if (typeof accessLog !== "object" || accessLog === null || mentionsUnknown(accessLog)) return [];
    const misplaced = OF_THE_PROVIDER.filter((name) => (accessLog as Readonly<Record<string, unknown>>)[name] !== undefined).map((name) =>
        fault(
            "GH0210",
            `accessLog.${name}`,
            "what is written, and where to, is a log provider's to say, not a gateway's.",
            "Define one in extensionProviders of the mesh's configuration, or of a ConfigMap beside the gateway with the label gatehouse.dev/mesh-config, and name it in accessLog.provider.",
        ),
    );
    const { provider, providers } = accessLog;
    if (!Array.isArray(providers)) return misplaced;
    const both = provider === undefined ? [] : [fault("GH0210", "accessLog.provider", "stands beside providers.", "Add it to those.")];
    const none =
        providers.length > 0
            ? []
            : [fault("GH0210", "accessLog.providers", "names nobody, so that nothing is logged.", "Give accessLog: false.")];
    return [...misplaced, ...both, ...none];
}
