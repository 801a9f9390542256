/** The pack: `pulumi preview --policy-pack policy`. Only this file makes it, for making one starts its server. */
import { PolicyPack } from "@pulumi/policy";
import { istioObjectPolicies } from "./istio-object";

new PolicyPack("gatehouse", { policies: [...istioObjectPolicies] });
