using System.Collections.Generic;
using System.Linq;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Reference;

/// <summary>The state as image messages, in the order in which an image tells them.</summary>
internal sealed partial class ReferenceEngine
{
    private readonly List<ReferenceEvent> _image = [];

    /// <summary>The whole image; each envelope has the last command's place and its own index.</summary>
    public IReadOnlyList<ReferenceEvent> Image(ulong eventDigest)
    {
        _image.Clear();
        Show(new ImageBeginBlock { EventDigest = eventDigest, RuleLevel = RuleLevel }, default);
        ShowLedger();
        foreach ((uint id, DefineCurrencyBlock currency) in _currencies)
        {
            Show(new CurrencyDefinedBlock { CurrencyId = id, Scale = currency.Scale, Code = currency.Code }, default);
            ShowRates(id);
        }

        foreach (ReferenceInstrument instrument in _instruments.Values)
        {
            Show(Defined(instrument), new EventEnvelope { InstrumentId = instrument.Id });
        }

        ShowMarginTerms();
        ShowVenueBalances();
        ShowAccounts();
        ShowSessions();
        foreach (ReferenceWithdrawal withdrawal in _withdrawals.Values)
        {
            Show(Told(withdrawal), default);
        }

        ShowFeeSchedules();
        ShowRisk();
        foreach (ReferenceInstrument instrument in _instruments.Values)
        {
            ShowBook(instrument);
        }

        ShowPositions();
        ShowMarginAccounts();
        Show(new ImageEndBlock { Messages = (ulong)_image.Count + 1 }, default);
        _image[^1].MarkLast();
        return [.. _image];
    }

    private void ShowAccounts()
    {
        foreach (ReferenceAccount account in _accounts.Values)
        {
            Show(Opened(account), new EventEnvelope { AccountId = account.Id, FirmId = account.FirmId });
            foreach ((uint currency, ReferenceBalance balance) in account.Balances)
            {
                BalanceImageBlock block = new()
                {
                    Available = (long)balance.Available,
                    Held = (long)balance.Held,
                    CurrencyId = currency,
                    Pending = (long)balance.Pending,
                };
                Show(block, new EventEnvelope { AccountId = account.Id });
            }
        }
    }

    private void ShowSessions()
    {
        foreach (ReferenceSession session in _sessions.Values)
        {
            SessionImageBlock block = new()
            {
                LastSessionSequence = session.LastSequence,
                DisconnectPolicy = session.Policy,
                Open = session.IsOpen ? (byte)1 : (byte)0,
            };
            Show(block, new EventEnvelope { SessionId = session.Id, GatewayId = session.GatewayId });
        }
    }

    private void ShowBook(ReferenceInstrument instrument)
    {
        BookImageBlock book = new()
        {
            LastTradeId = instrument.LastTradeId,
            LastPrice = instrument.LastPrice ?? long.MinValue,
        };
        Show(book, new EventEnvelope { InstrumentId = instrument.Id, InstrumentSequence = instrument.Sequence });
        foreach (ReferenceOrder order in instrument.Book.Orders)
        {
            OrderImageBlock block = new()
            {
                OrderId = order.Id,
                Price = order.Price,
                OpenLots = order.OpenLots,
                FilledLots = order.FilledLots,
                ClientOrderId = order.LastClientOrderId,
                Side = order.Side,
                ReduceOnly = order.Reduces ? (byte)1 : (byte)0,
                PositionEffect = EffectOf(order),
            };
            EventEnvelope envelope = new()
            {
                InstrumentId = instrument.Id,
                AccountId = order.Account.Id,
                SessionId = order.SessionId,
            };
            Show(block, envelope);
            if (order.Fees is not null)
            {
                Show(Told(order), envelope with { SessionId = 0 });
            }
        }
    }

    private void Show<T>(T block, EventEnvelope envelope)
        where T : unmanaged
    {
        envelope.Epoch = LastEpoch;
        envelope.Sequence = LastSequence;
        envelope.TimestampNs = LastTimestampNs;
        envelope.Index = (uint)_image.Count;
        _image.Add(ReferenceEvent.From(block, envelope));
    }
}
