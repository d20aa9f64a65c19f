using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using HftEngine.Core.Tests.Harness;
using HftEngine.Core.Tests.Reference;
using HftEngine.Schemas;

namespace HftEngine.Core.Tests.Sessions;

/// <summary>How often each kind of event and reason occurred: a property over events that never happen proves nothing.</summary>
internal sealed class SessionCoverage
{
    /// <summary>Reasons that only an edge gives, before a command is made of a request.</summary>
    private static readonly RejectReason[] GivenByEdges = [RejectReason.PriceOffTick, RejectReason.QuantityOffLot];

    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    public long Sessions { get; private set; }

    public long Commands { get; private set; }

    public long Events => _counts.Where(c => c.Key.StartsWith("event ", StringComparison.Ordinal)).Sum(c => c.Value);

    public void AddSession() => Sessions++;

    public void Add(IReadOnlyList<ReferenceEvent> events)
    {
        Commands++;
        foreach (ReferenceEvent e in events)
        {
            Count($"event {WireText.Name(e.TemplateId)}");
            switch (e.TemplateId)
            {
                case OrderRejectedBlock.TemplateId:
                    Count($"reject {e.As<OrderRejectedBlock>().Reason}");
                    CountIf(e.As<OrderRejectedBlock>().Repeated == 1, "repeated reject");
                    break;
                case RequestRejectedBlock.TemplateId:
                    Count($"reject {e.As<RequestRejectedBlock>().Reason}");
                    break;
                case CommandRejectedBlock.TemplateId:
                    Count($"reject {e.As<CommandRejectedBlock>().Reason}");
                    break;
                case OrderCanceledBlock.TemplateId:
                    Count($"cancel {e.As<OrderCanceledBlock>().Reason}");
                    break;
                case OrderAcceptedBlock.TemplateId:
                    CountIf(e.As<OrderAcceptedBlock>().Repeated == 1, "repeated accept");
                    break;
                case OrderAmendedBlock.TemplateId:
                    CountIf(e.As<OrderAmendedBlock>().KeptPriority == 1, "amended in place");
                    CountIf(e.As<OrderAmendedBlock>().KeptPriority == 0, "amended and moved");
                    break;
            }
        }

        CountIf(events.Count(e => e.Is<TradeBlock>()) > 1, "several fills in one command");
        CountIf(events.Any(e => e.Is<TradeBlock>()) && events.Any(e => e.Is<OrderAmendedBlock>()), "amended and traded");
    }

    public IEnumerable<string> Missing()
    {
        IEnumerable<string> events = WireText.Blocks
            .Where(b => b.Key is (>= OrderAcceptedBlock.TemplateId and < ImageBeginBlock.TemplateId)
                or (>= LedgerPostedBlock.TemplateId and < LedgerImageBlock.TemplateId) or (>= OrderTrimmedBlock.TemplateId and <= SettlementDoneBlock.TemplateId))
            .Select(b => $"event {WireText.Name(b.Key)}");
        IEnumerable<string> rejects = Enum.GetValues<RejectReason>()
            .Except([RejectReason.None, RejectReason.NullValue, .. GivenByEdges]).Select(r => $"reject {r}");
        IEnumerable<string> cancels = Enum.GetValues<CancelReason>()
            .Except([CancelReason.NullValue, CancelReason.FillOrKill]).Select(r => $"cancel {r}");
        string[] others =
        [
            "repeated reject", "repeated accept", "amended in place", "amended and moved", "several fills in one command",
            "amended and traded",
        ];
        return events.Concat(rejects).Concat(cancels).Concat(others).Where(name => !_counts.ContainsKey(name));
    }

    public override string ToString()
    {
        StringBuilder text = new();
        text.Append(Sessions).Append(" sessions, ").Append(Commands).Append(" commands, ").Append(Events).AppendLine(" events");
        foreach ((string name, long count) in _counts)
        {
            text.Append("  ").Append(name.PadRight(40)).Append(count).AppendLine();
        }

        return text.ToString();
    }

    private void Count(string name) => _counts[name] = _counts.GetValueOrDefault(name) + 1;

    private void CountIf(bool condition, string name)
    {
        if (condition)
        {
            Count(name);
        }
    }
}
