/** All that Kubernetes' own objects say, in the proxy's words. */
import type { ObjectContext } from "../context/objects";
import { PortTranslation } from "./port-translation";
import { Secrets } from "./secrets";
import { Services } from "./services";

export class KubernetesTranslator {
    readonly ports: PortTranslation;
    readonly services: Services;
    readonly secrets: Secrets;

    constructor(context: ObjectContext) {
        this.ports = new PortTranslation(context);
        this.services = new Services(context);
        this.secrets = new Secrets(context);
    }
}
