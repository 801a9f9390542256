export { TOPICS } from "./topics";
