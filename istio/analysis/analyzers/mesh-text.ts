/** GH0114: a mesh's configuration whose text is none. Who reads it goes on with what it said before, or with Istio's defaults. */
import { isGatewayMeshConfig, meshFault } from "../../semantics/root-namespace";
import type { ObjectIndex } from "../object-index";
import type { AnalysisReport } from "../report";

export function meshText(index: ObjectIndex, report: AnalysisReport): void {
    for (const map of index.others("", "ConfigMap")) {
        if (map.object !== index.meshConfigMap && !isGatewayMeshConfig(map.object, undefined)) continue;
        const fault = meshFault(map.object);
        if (fault !== undefined)
            report.own(
                "GH0114",
                map,
                "data.mesh",
                `the mesh's configuration can't be read: ${fault}`,
                "Write it as YAML: names of settings, each with its value.",
            );
    }
}
