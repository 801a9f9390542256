/** Configurations that lie on either side of each of Istio's analyzers, for the comparison with `istioctl analyze -A`. */
import { ACCESS } from "./access";
import { CORNERS } from "./corners";
import { GATEWAYS } from "./gateways";
import { MESH } from "./mesh";
import { OTHERS } from "./others";
import { VIRTUAL_SERVICES } from "./virtual-services";
import type { Configuration } from "./objects";

export const CORPUS: readonly Configuration[] = [...GATEWAYS, ...VIRTUAL_SERVICES, ...OTHERS, ...CORNERS, ...MESH, ...ACCESS];
export type { Configuration };
