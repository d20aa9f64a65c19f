using System.Collections.Generic;
using System.Linq;
using System.Text;
using HftEngine.Core.Tests.Harness;
using HftEngine.Core.Tests.Reference;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Sessions;

/// <summary>The end of a session: commands whose answers show everything that the engine holds.</summary>
internal sealed partial class CommandGenerator
{
    private const int MaxTakersPerSide = 40;

    private int _takers;

    /// <summary>
    /// Asks for every balance, then trades each side of each book away, so that the fills show the orders in their
    /// order, and asks for the balances again.
    /// </summary>
    public IEnumerable<SessionStep> Epilogue()
    {
        IEnumerable<byte[]> messages = ReleaseAll().Concat(AllBalances()).Concat(EmptyBooks()).Concat(AllBalances());
        return messages.Select(message => new SessionStep(message, Voided: false));
    }

    /// <summary>Entry is open again for everybody.</summary>
    private IEnumerable<byte[]> ReleaseAll()
    {
        foreach ((RiskLevel level, uint id) in state.Killed.ToList())
        {
            yield return WireMessage.Encode(new SetKillSwitchBlock { Level = level, TargetId = id });
        }

        foreach ((RiskLevel level, uint target, bool byGroup, uint what) in state.Permissions.ToList())
        {
            yield return WireMessage.Encode(new SetPermissionBlock
            {
                Level = level,
                TargetId = target,
                ByGroup = byGroup ? (byte)1 : (byte)0,
                ObjectId = what,
            });
        }

        foreach (ReferenceLimit limit in state.RiskLimits.ToList())
        {
            yield return WireMessage.Encode(new SetRiskLimitBlock
            {
                Level = limit.Level,
                TargetId = limit.TargetId,
                Kind = limit.Kind,
                Action = limit.Action,
                Value = -1,
            });
        }
    }

    private IEnumerable<byte[]> AllBalances()
    {
        foreach (ReferenceAccount account in state.Accounts.Values.ToList())
        {
            foreach (uint currency in account.Balances.Keys.ToList())
            {
                yield return WireMessage.Encode(new AdjustBalanceBlock
                {
                    Envelope = new CommandEnvelope { AccountId = account.Id },
                    CurrencyId = currency,
                });
            }
        }
    }

    private IEnumerable<byte[]> EmptyBooks()
    {
        foreach (ReferenceInstrument instrument in state.Instruments.Values.ToList())
        {
            yield return WireMessage.Encode(new SetTradingStatusBlock { InstrumentId = instrument.Id });
            foreach (Side side in (Side[])[Side.Buy, Side.Sell])
            {
                for (int i = 0; i < MaxTakersPerSide && instrument.Book.Of(side).Count > 0; i++)
                {
                    yield return TakerAgainst(instrument, side);
                }
            }
        }
    }

    private byte[] TakerAgainst(ReferenceInstrument instrument, Side side)
    {
        uint needed = side == Side.Buy ? instrument.Definition.BaseCurrencyId : instrument.Definition.QuoteCurrencyId;
        ReferenceAccount richest = state.Accounts.Values
            .Where(account => account.Environment == instrument.Definition.Environment)
            .MaxBy(account => account.Available(needed))!;
        ReferenceOrder best = instrument.Book.Of(side)[0];
        return WireMessage.Encode(new NewOrderBlock
        {
            Envelope = new CommandEnvelope { AccountId = richest.Id },
            InstrumentId = instrument.Id,
            Side = best.Opposite,
            Price = best.Price,
            Quantity = best.OpenLots,
            TimeInForce = TimeInForce.ImmediateOrCancel,
            ClientOrderId = ClientOrderId.From(Encoding.ASCII.GetBytes($"end{_takers++}")),
        });
    }
}
