import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Injectable, UseGuards } from '@nestjs/common';
import {
  Args,
  Context,
  GraphQLModule,
  Mutation,
  Query,
  Resolver,
  Subscription,
} from '@nestjs/graphql';
import type { Request } from 'express';
import { EventEmitter, on } from 'node:events';
import type { Socket } from 'node:net';
import {
  CsrfGuard,
  CurrentSession,
  CurrentUser,
  Passive,
  Public,
  RequireFresh,
  SessionGuard,
  SessionService,
  SessionSubscriptions,
  type GraphqlWsOptions,
  type SessionModuleOptions,
  type User,
} from '../../src/index.js';
import type { SessionCore } from '../../src/core/session-core.js';
import { SESSION_CORE } from '../../src/nest/session.tokens.js';
import { LiveController, Streams } from './live-nodes.js';
import { startSessionApp, type SessionApp } from './session-app.js';

/** What is said on one node, to all who listen there. */
@Injectable()
export class Chat {
  readonly said: string[] = [];
  private readonly emitter = new EventEmitter().setMaxListeners(Infinity);

  get listening(): number {
    return this.emitter.listenerCount('said');
  }

  say(text: string): void {
    this.said.push(text);
    this.emitter.emit('said', text);
  }

  listen(): AsyncIterable<Said> {
    return on(this.emitter, 'said') as AsyncIterable<Said>;
  }
}

type Said = [text: string];
const textOf = ([text]: Said): string => text;

@Resolver()
@UseGuards(SessionGuard)
export class ChatResolver {
  constructor(
    private readonly chat: Chat,
    private readonly sessions: SessionService,
  ) {}

  @Query(() => String)
  me(@CurrentSession() session: CurrentSession): string {
    return session.userId;
  }

  @Query(() => String, { nullable: true })
  @Public()
  perhapsMe(@CurrentUser() user: User | undefined): string | undefined {
    return user?.userId;
  }

  @Query(() => String)
  @Public()
  needsMe(@CurrentSession() session: CurrentSession): string {
    return session.userId;
  }

  @Query(() => String)
  @RequireFresh('10m')
  secret(): string {
    return 'told';
  }

  @Query(() => String)
  @Passive()
  quiet(): string {
    return 'nothing';
  }

  @Mutation(() => String)
  @Public()
  shout(@Args('text', { type: () => String }) text: string): string {
    this.chat.say(text);
    return text;
  }

  @Mutation(() => String)
  @UseGuards(CsrfGuard)
  say(@Args('text', { type: () => String }) text: string): string {
    this.chat.say(text);
    return text;
  }

  @Mutation(() => String)
  @Public()
  @UseGuards(CsrfGuard)
  async logIn(
    @Args('user', { type: () => String }) userId: string,
    @Context('req') request: Request,
  ): Promise<string> {
    return (await this.sessions.login(request, { userId, methods: ['pwd'] })).id;
  }

  @Subscription(() => String, { resolve: textOf })
  said(@CurrentUser() _user: User | undefined): AsyncIterable<Said> {
    return this.chat.listen();
  }

  @Subscription(() => String, { resolve: textOf })
  @RequireFresh('10m')
  saidFreshly(): AsyncIterable<Said> {
    return this.chat.listen();
  }
}

export interface GraphqlNode extends SessionApp {
  readonly core: SessionCore;
  readonly chat: Chat;
  /** WebSockets that the server has, be their clients gone or not. */
  sockets(): number;
}

export async function startGraphqlNode(
  options: Partial<SessionModuleOptions> = {},
  { signedOut, ...graphql }: Partial<ApolloDriverConfig> & GraphqlWsOptions = {},
): Promise<GraphqlNode> {
  const started = await startSessionApp(
    { audit: false, ...options },
    {
      imports: [
        GraphQLModule.forRootAsync<ApolloDriverConfig>({
          driver: ApolloDriver,
          inject: [SessionSubscriptions],
          useFactory: (sessions: SessionSubscriptions) => ({
            autoSchemaFile: true,
            graphiql: false,
            subscriptions: {
              'graphql-ws': sessions.graphqlWs({ ...(signedOut && { signedOut }) }),
            },
            ...graphql,
          }),
        }),
      ],
      controllers: [LiveController],
      providers: [Chat, ChatResolver, Streams],
    },
  );
  const { app } = started;
  const server = app.getHttpServer();
  const upgraded = new Set<Socket>();
  server.on('upgrade', (_request, socket: Socket) => {
    upgraded.add(socket);
    socket.on('close', () => upgraded.delete(socket));
  });
  return {
    ...started,
    core: app.get<SessionCore>(SESSION_CORE),
    chat: app.get(Chat),
    sockets: () => upgraded.size,
  };
}
