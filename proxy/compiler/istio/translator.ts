/** All that Istio's objects say, in the proxy's words. */
import type { ObjectContext } from "../context/objects";
import type { AccessLogRule, PortSource } from "../routing/model/sources";
import { BackendPolicies } from "./backend-policies";
import { PolicyAccess } from "./policy-access";
import { Providers } from "./providers";
import { GatewayServers } from "./servers";
import { ServiceEntries } from "./service-entries";
import { accessLogOf } from "./telemetry";
import type { OtherServers } from "./stand-in";
import { VirtualServices } from "./virtual-services";
import type { WorkloadIndex } from "../workloads/workload-index";

export class IstioTranslator {
    readonly servers: GatewayServers;
    readonly rules: VirtualServices;
    readonly entries: ServiceEntries;
    readonly policies: BackendPolicies;
    readonly access: PolicyAccess;
    readonly accessLog: () => AccessLogRule | undefined;
    readonly providers: Providers;

    /** `others`: servers that are no Gateway's, which policies guard too. */
    constructor(context: ObjectContext, ports: PortSource, workloads: WorkloadIndex, others: readonly OtherServers[] = []) {
        this.servers = new GatewayServers(context);
        this.rules = new VirtualServices(context, this.servers);
        this.entries = new ServiceEntries(context, workloads);
        this.policies = new BackendPolicies(context);
        this.access = new PolicyAccess(context, this.servers, ports, others);
        this.accessLog = () => accessLogOf(context);
        this.providers = new Providers(context);
    }

    /** Says what is to be said of objects that may serve nobody. */
    check(): void {
        this.rules.check();
        this.access.check();
        this.providers.check();
    }
}
