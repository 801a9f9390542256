/** All that Istio's objects say, in the proxy's words. */
import type { ObjectContext } from "../context/objects";
import type { AccessSource } from "../routing/model/access";
import type { HostSource } from "../routing/model/backends";
import type { AccessLogRule } from "../routing/model/access-logs";
import type { MetricsRule, PortSource, RuleSource, ServerSource } from "../routing/model/sources";
import type { TracingRule } from "../routing/model/tracing";
import { BackendPolicies } from "./backend-policies";
import { meshProviders } from "./mesh-providers";
import { MeshSource } from "./mesh/mesh-source";
import { ownSidecar } from "./mesh/outbound-scope";
import { PolicyAccess } from "./policy-access";
import { Providers } from "./providers";
import { GatewayServers } from "./servers";
import { ServiceEntries } from "./service-entries";
import { accessLogsOf, metricsOf, telemetryLevels, tracingOf } from "./telemetry";
import type { OtherServers } from "./stand-in";
import { VirtualServices } from "./virtual-services";
import { visibleHosts } from "./visible-hosts";
import type { WorkloadIndex } from "../workloads/workload-index";

export class IstioTranslator {
    readonly servers: ServerSource;
    readonly rules: RuleSource;
    /** Of every translator, in the order in which they count. */
    readonly hosts: readonly HostSource[];
    readonly policies: BackendPolicies;
    readonly access: AccessSource;
    readonly accessLogs: () => readonly AccessLogRule[];
    readonly metrics: () => MetricsRule | undefined;
    readonly tracing: () => TracingRule | undefined;
    readonly providers: Providers;
    /** A forward proxy lets every public host through. */
    readonly letsAnyThrough: () => boolean;

    readonly #check: () => void;

    /**
     * `services`: hosts that another translator has, which come before those of this one. `others`: servers that are no Gateway's,
     * which policies guard too.
     */
    constructor(
        context: ObjectContext,
        ports: PortSource,
        services: HostSource,
        workloads: WorkloadIndex,
        others: readonly OtherServers[] = [],
    ) {
        const servers = new GatewayServers(context);
        const written = new VirtualServices(context, servers);
        this.hosts = visibleHosts(context, [services, new ServiceEntries(context, workloads)]);
        if (context.settings.mode === "mesh") {
            const mesh = new MeshSource(context, this.hosts, written);
            this.servers = mesh;
            this.rules = mesh;
            this.access = NO_POLICIES;
            // What Gateways and policies say is for other proxies: of a mesh's they are for what it takes in.
            this.#check = () => {};
        } else {
            const access = new PolicyAccess(context, servers, ports, others);
            this.servers = servers;
            this.rules = written;
            this.access = access;
            this.#check = () => {
                written.check();
                access.check();
            };
        }
        this.policies = new BackendPolicies(context);
        const levels = telemetryLevels(context);
        const defined = meshProviders(context);
        this.accessLogs = () => accessLogsOf(context, levels.get(), defined.get());
        this.metrics = () => metricsOf(context, levels.get(), defined.get());
        this.tracing = () => tracingOf(context, levels.get(), defined.get());
        this.providers = new Providers(context, defined);
        this.letsAnyThrough = () => ownSidecar(context)?.object.spec.outboundTrafficPolicy?.mode === "ALLOW_ANY";
    }

    /** Says what is to be said of objects that may serve nobody. */
    check(): void {
        this.#check();
        this.providers.check();
    }
}

/** Everybody is let through. */
const NO_POLICIES: AccessSource = {
    accessOf: () => ({ refusal: undefined, access: undefined }),
    authorization: () => undefined,
    authentication: () => undefined,
};
