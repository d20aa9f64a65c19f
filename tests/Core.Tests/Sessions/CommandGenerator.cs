using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using HftEngine.Core.Tests.Harness;
using HftEngine.Core.Tests.Reference;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Sessions;

/// <summary>Makes the next command of a random session, looking at the reference's state to hit what exists.</summary>
internal sealed partial class CommandGenerator(SeededRandom random, SessionShape shape, ReferenceEngine state)
{
    private readonly List<byte[]> _orders = [];
    private readonly Queue<byte[]> _setup = [];
    private ulong _sessionSequence;
    private bool _isSetUp;

    /// <summary>Some sessions have a demo firm with account 4 and instrument 3.</summary>
    private bool _hasDemo;

    public SessionStep Next()
    {
        if (!_isSetUp)
        {
            _isSetUp = true;
            PlanSetup();
        }

        byte[] message = _setup.Count > 0 && !random.OneIn(30) ? _setup.Dequeue() : Compose();
        if (random.OneIn(60))
        {
            message = Damage(message);
        }

        return new SessionStep(message, Voided: random.OneIn(150));
    }

    /// <summary>Definitions that most sessions begin with. Some sessions lack one: unknown ids have to be answered, too.</summary>
    private void PlanSetup()
    {
        Plan(EngineHarness.GenesisOf(shape.Limits));
        foreach (uint currency in (uint[])[1, 2, 3])
        {
            Plan(new DefineCurrencyBlock { CurrencyId = currency, Scale = (byte)random.Below(3) });
        }

        Plan(Instrument(1));
        Plan(Instrument(2));
        foreach (uint account in (uint[])[1, 2, 3])
        {
            Plan(AnyAccountModes(new OpenAccountBlock
            {
                Envelope = new CommandEnvelope { AccountId = account, FirmId = account % 2 },
            }));
            foreach (uint currency in (uint[])[1, 2, 3])
            {
                Plan(new AdjustBalanceBlock
                {
                    Envelope = new CommandEnvelope { AccountId = account },
                    CurrencyId = currency,
                    Amount = Deposit(),
                });
            }
        }

        PlanDemo();
        PlanFees();
        if (HasPositions)
        {
            PlanMargin();
        }

        foreach (uint session in (uint[])[1, 2])
        {
            Plan(new OpenSessionBlock
            {
                Envelope = new CommandEnvelope { SessionId = session, GatewayId = (ushort)random.Below(3) },
                DisconnectPolicy = (DisconnectPolicy)random.Below(2),
            });
        }
    }

    private void Plan<T>(T block)
        where T : unmanaged
    {
        if (!random.OneIn(80))
        {
            _setup.Enqueue(WireMessage.Encode(block));
        }
    }

    private long Deposit()
    {
        if (shape.IsPoor)
        {
            return random.Between(0, 3000);
        }

        return shape.IsExtreme ? random.Between(1, long.MaxValue / 4) : random.Between(100_000, 10_000_000);
    }

    private byte[] Compose()
    {
        if (state.NextDeadlineNs != long.MaxValue && random.Percent(35))
        {
            return Finish(default(TickBlock));
        }

        if (HasPositions && random.Percent(9))
        {
            return MarginCommand();
        }

        return random.Below(218) switch
        {
            < 130 => NewOrder(),
            < 145 => Cancel(),
            < 172 => Amend(),
            < 178 => MassCancel(),
            < 184 => OpenSession(),
            < 186 => Finish(default(CloseSessionBlock)),
            < 187 => random.OneIn(4)
                ? Finish(default(VenueRestartedBlock))
                : Finish(new GatewayLostBlock { LostGatewayId = (ushort)random.Below(4) }),
            < 188 => Finish(default(TickBlock)),
            < 189 => Adjust(),
            < 192 => LedgerCommand(),
            < 197 => TradingStatusChange(),
            < 200 => Definition(),
            _ => RiskCommand(),
        };
    }

    /// <summary>Fills in who asks, and encodes.</summary>
    private byte[] Finish<T>(T block, bool isOrderRequest = false)
        where T : unmanaged
    {
        byte[] message = WireMessage.Encode(block);
        ref CommandEnvelope envelope =
            ref MemoryMarshal.AsRef<CommandEnvelope>(message.AsSpan(WireMessage.EnvelopeOffset));
        envelope.AccountId = envelope.AccountId != 0 ? envelope.AccountId : AnyAccount();
        envelope.FirmId = random.Below(40) switch
        {
            < 5 => envelope.AccountId % 2,
            5 => (uint)random.Below(3),
            _ => 0,
        };
        envelope.GatewayId = (ushort)random.Below(3);
        envelope.IngressNs = random.Between(0, 1_000_000);
        envelope.UserId = (uint)random.Below(5);
        envelope.Flags = (ushort)random.Below(4);
        envelope.SessionId = isOrderRequest ? SessionOfRequest() : AnySession();
        if (random.Percent(isOrderRequest ? 30 : 10))
        {
            envelope.SessionSequence = random.OneIn(10) ? (ulong)random.Below(20) : ++_sessionSequence;
        }

        return message;
    }

    private uint AnyAccount() => _hasDemo && random.OneIn(6) ? 4 : random.OneIn(30) ? (uint)random.Below(7) : (uint)random.Between(1, 3);

    private uint AnyInstrument() => _hasDemo && random.OneIn(6) ? 3 : random.OneIn(60) ? (uint)random.Below(9) : random.Percent(75) ? 1u : 2u;

    private uint AnySession() => random.OneIn(25) ? (uint)random.Below(10) : (uint)random.Between(1, 2);

    /// <summary>Mostly the venue itself or a session that is open.</summary>
    private uint SessionOfRequest()
    {
        List<uint> open = state.Sessions.Values.Where(s => s.IsOpen).Select(s => s.Id).ToList();
        if (random.OneIn(40))
        {
            return AnySession();
        }

        return open.Count == 0 || random.Percent(40) ? 0 : random.Pick(open);
    }

    private uint AnyCurrency() => random.OneIn(25) ? (uint)random.Below(10) : (uint)random.Between(1, 3);

    private ClientOrderId AnyClientId()
    {
        if (random.OneIn(80))
        {
            byte[] odd = new byte[ClientOrderId.Length];
            odd[random.Below(3)] = (byte)random.Next64();
            odd[random.Below(36)] = (byte)'x';
            return ClientOrderId.From(odd);
        }

        return ClientOrderId.From(Encoding.ASCII.GetBytes($"c{random.Below(shape.ClientIds)}"));
    }

    private long Extreme() => random.Pick<long>(
    [
        0, -1, 1, long.MaxValue, long.MinValue, long.MaxValue - 1, int.MaxValue, 1L << 62, -(1L << 62), 1000, 1001, 3_037_000_500,
    ]);

    /// <summary>What a broken or hostile gateway writes.</summary>
    private byte[] Damage(byte[] message)
    {
        byte[] copy = (byte[])message.Clone();
        switch (random.Below(6))
        {
            case 0:
                return copy[..random.Below(copy.Length)];
            case 1:
                copy[random.Below(MessageHeader.Size)] = (byte)random.Next64();
                return copy;
            case 2:
                // Bits of the block, not of what the sequencer stamps.
                copy[random.Below(copy.Length)] ^= (byte)(1 << random.Below(8));
                return copy;
            case 3:
                return [.. copy, .. new byte[random.Below(40)]];
            case 4:
                MemoryMarshal.Write(copy, (ushort)(copy.Length - MessageHeader.Size + random.Below(3) - 1));
                return copy;
            default:
                random.Fill(copy);
                return copy;
        }
    }
}
