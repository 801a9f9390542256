export { GatewayImage } from "./component";
export type { BuiltImageArgs, ExistingImageArgs, GatewayImageArgs, ImagePlatform, ImageRegistryArgs } from "./schema";
