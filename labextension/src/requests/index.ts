/**
 * Everything that is asked of the server.
 *
 * To add a request: one line in `ROUTES`, the form of its answer in the `…types.ts` of the folder that shows it, one
 * function in the file of its subject.
 */
export { address, request, RequestError } from './request';
export * from './cells';
export * from './clusters';
export * from './documents';
export * from './migration';
export * from './runs';
export * from './workflows';
