/** All that Kubernetes' own objects say, in the proxy's words. */
import type { ObjectContext } from "../context/objects";
import { PortTranslation } from "./port-translation";
import { Secrets } from "./secrets";
import { Services } from "./services";

export class KubernetesTranslator {
    readonly ports: PortTranslation;
    readonly services: Services;
    readonly secrets: Secrets;
    readonly #context: ObjectContext;

    constructor(context: ObjectContext) {
        this.#context = context;
        this.ports = new PortTranslation(context);
        this.services = new Services(context);
        this.secrets = new Secrets(context);
    }

    /** Names the objects that are not served. */
    check(): void {
        const { objects, report } = this.#context;
        for (const ingress of objects.ingresses.get()) {
            report.add("GH0458", ingress, "", "An Ingress is not served yet.", "Write a Gateway and a VirtualService.");
        }
    }
}
