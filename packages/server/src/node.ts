// What stands in on Node.js for what Bun brings.
export { openFetchedBlobs } from "./engine/fetched-blobs.ts";
export { nodePasswords } from "./passwords/node-passwords.ts";
export { nodePictures } from "./pictures/node-pictures.ts";
