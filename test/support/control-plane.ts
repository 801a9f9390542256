/** A control plane for a test: skipped where its programs are not there. */
import { ControlPlane, START_MS, type ControlPlaneOptions } from "../../harness/control-plane";
import { needTools } from "./tools";

export { ControlPlane, type ControlPlaneOptions, type Credentials } from "../../harness/control-plane";

/** Starts one, or skips the test where the programs are not there. */
export async function startControlPlane(context: Mocha.Context, options: ControlPlaneOptions = {}): Promise<ControlPlane> {
    context.timeout(4 * START_MS);
    needTools(
        context,
        "a real Kubernetes control plane",
        "etcd",
        "kube-apiserver",
        "kubectl",
        ...(options.nodes ? (["kube-controller-manager", "kube-scheduler", "kwok", "kwok-stages.yaml"] as const) : []),
        ...(options.crds === false ? [] : (["istio-crds.yaml"] as const)),
    );
    const plane = new ControlPlane(options);
    try {
        await plane.start();
    } catch (error) {
        await plane.stop();
        throw error;
    }
    return plane;
}
