import { Global, Module } from '@nestjs/common';
import { readConfiguration } from './configuration.js';

export const CONFIGURATION = Symbol('CONFIGURATION');

@Global()
@Module({
  providers: [{ provide: CONFIGURATION, useFactory: () => readConfiguration(process.env) }],
  exports: [CONFIGURATION],
})
export class ConfigurationModule {}
