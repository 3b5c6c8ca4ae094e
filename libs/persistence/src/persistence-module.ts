import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { createDataSource, type DataSourceOptions } from './data-source.js';

/** Gives an app its TypeORM `DataSource`, connected when the app starts and closed when it stops. */
@Module({})
export class PersistenceModule {
  /** Fails the start after about ten seconds when PostgreSQL can't be reached; whoever supervises the service starts it again. */
  static forRoot(options: DataSourceOptions): DynamicModule {
    return {
      module: PersistenceModule,
      global: true,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => ({ retryAttempts: 10, retryDelay: 1_000 }),
          dataSourceFactory: async (): Promise<DataSource> => createDataSource(options).initialize(),
        }),
      ],
      exports: [TypeOrmModule],
    };
  }
}
