/** Which ports are spoken to in HTTP/2 though they say HTTP (`h2UpgradePolicy`): what the mesh's configuration says where no DestinationRule does. */
import { isHttpFamily, isHttp2Family, type Protocol } from "../ports";
import type { KubeObject } from "../types";
import { field, meshOf } from "./root-namespace";

/** MeshConfig's enum as text, or by its number as its JSON allows. */
export function meshUpgradesToHttp2(configMap: KubeObject | undefined): boolean {
    const said = field(meshOf(configMap), "h2UpgradePolicy");
    return said === "UPGRADE" || said === 1;
}

/** As Istio's `shouldH2Upgrade`: by the mesh's word only ports that are known to be HTTP. */
export function isUpgradedByMesh(protocol: Protocol | undefined): boolean {
    return protocol !== undefined && isHttpFamily(protocol) && !isHttp2Family(protocol);
}
