/** All that Kubernetes' own objects say, in the proxy's words. */
import type { ObjectContext } from "../context/objects";
import type { Places } from "../workloads/places";
import type { WorkloadIndex } from "../workloads/workload-index";
import { EndpointSlices } from "./endpoint-slices";
import { PodSources } from "./pod-sources";
import { PortTranslation } from "./port-translation";
import { Secrets } from "./secrets";
import { ServiceAddresses } from "./service-addresses";
import { Services } from "./services";

export class KubernetesTranslator {
    readonly ports: PortTranslation;
    readonly services: Services;
    readonly secrets: Secrets;
    readonly workloads: PodSources;

    constructor(context: ObjectContext, places: Places, workloads: WorkloadIndex) {
        this.ports = new PortTranslation(context);
        this.services = new Services(context, new ServiceAddresses(context, new EndpointSlices(context, places), workloads));
        this.secrets = new Secrets(context);
        this.workloads = new PodSources(context);
    }
}
