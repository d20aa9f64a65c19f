using HftEngine.Core.Risk;
using HftEngine.Core.State;
using HftEngine.Schemas;

namespace HftEngine.Core;

/// <summary>Pre-trade checks in the saved state and in images.</summary>
public sealed unsafe partial class Engine
{
    private void SaveRisk(ref StateWriter state)
    {
        state.Begin(StateSection.RiskRows);
        for (uint row = 1; row <= _riskRows.Count; row++)
        {
            state.Word(1UL);
            state.Row(in *_riskRows[row]);
        }

        state.EndList();
        state.End();
        state.Begin(StateSection.KillSwitches);
        SaveKilled(ref state, RiskLevel.Venue, 0, (_venueRisk & VenueKilled) != 0);
        for (uint id = 1; id < Limits.MaxAccounts; id++)
        {
            SaveKilled(ref state, RiskLevel.Account, id, (_accounts[id].RiskFlags & RiskFlags.Killed) != 0);
        }

        for (uint id = 1; id < _sessions.Length; id++)
        {
            SaveKilled(ref state, RiskLevel.Session, id, (_sessions[id].RiskFlags & RiskFlags.Killed) != 0);
        }

        state.EndList();
        state.End();
        state.Begin(StateSection.DeadMen);
        for (uint id = 1; id < _sessions.Length; id++)
        {
            if (_timers.DeadlineOf(id) != 0)
            {
                state.Word((ulong)id);
                state.Word(_timers.DeadlineOf(id));
            }
        }

        state.EndList();
        state.End();
    }

    private static void SaveKilled(ref StateWriter state, RiskLevel level, uint id, bool killed)
    {
        if (killed)
        {
            state.Word(id, (uint)level + 1);
        }
    }

    private void LoadRisk(ref StateReader state)
    {
        LoadRiskRows(ref state);
        if (state.Begin(StateSection.KillSwitches) != 0)
        {
            while (true)
            {
                (uint id, uint level) = state.Pair();
                if ((id | level) == 0)
                {
                    break;
                }

                bool known = (RiskLevel)(level - 1) switch
                {
                    RiskLevel.Venue => id == 0,
                    RiskLevel.Account => IsOpenAccount(id),
                    RiskLevel.Session => id - 1 < _sessions.Length - 1,
                    _ => false,
                };
                state.Require(known, "a kill switch is nobody's");
                SwitchKill((RiskLevel)(level - 1), id, engage: true);
            }

            state.End();
        }

        if (state.Begin(StateSection.DeadMen) != 0)
        {
            uint id = 0;
            while ((id = state.NextId(id, _sessions.Length)) != 0)
            {
                long deadlineNs = state.Signed();
                state.Require(deadlineNs != 0, "a timer has no deadline");
                _timers.Arm(id, deadlineNs);
            }

            state.End();
        }

        NextDeadlineNs = DeadlineAfter(LastTimestampNs);
    }

    private void LoadRiskRows(ref StateReader state)
    {
        if (state.Begin(StateSection.RiskRows) == 0)
        {
            return;
        }

        for (uint row = 1; state.Word() != 0; row++)
        {
            state.Row(out RiskRow saved);
            state.Require(saved.Level <= RiskLevel.Instrument, "a limit's level is unknown");
            state.Require(_riskRows.FindOrAdd(saved.Level, saved.TargetId) == row, "a row of limits comes twice or there are too many");
            bool killed = (saved.Flags & RiskFlags.Killed) != 0;
            state.Require(!killed || saved.Level == RiskLevel.Firm, "a kill switch stands in the wrong place");
            *_riskRows[row] = saved;
            _killedFirms += killed ? 1u : 0u;
            _venueRisk |= killed ? FirmsKilled : 0;
        }

        state.End();
    }

    private void WriteRisk(ref ImageFrames image)
    {
        if ((_venueRisk & VenueKilled) != 0)
        {
            WriteKilled(ref image, RiskLevel.Venue, 0);
        }

        for (uint row = 1; row <= _riskRows.Count; row++)
        {
            if ((_riskRows[row]->Flags & RiskFlags.Killed) != 0)
            {
                WriteKilled(ref image, _riskRows[row]->Level, _riskRows[row]->TargetId);
            }
        }

        for (uint id = 1; id < Limits.MaxAccounts; id++)
        {
            if ((_accounts[id].RiskFlags & RiskFlags.Killed) != 0)
            {
                WriteKilled(ref image, RiskLevel.Account, id);
            }
        }

        for (uint id = 1; id < _sessions.Length; id++)
        {
            if ((_sessions[id].RiskFlags & RiskFlags.Killed) != 0)
            {
                WriteKilled(ref image, RiskLevel.Session, id);
            }
        }

        for (uint id = 1; id < _sessions.Length; id++)
        {
            if (_timers.DeadlineOf(id) != 0)
            {
                var block = (DeadManImageBlock*)image.Next(
                    DeadManImageBlock.TemplateId, DeadManImageBlock.BlockLength, 0, 0, 0);
                image.Last->SessionId = id;
                block->DeadlineNs = _timers.DeadlineOf(id);
            }
        }
    }

    private static void WriteKilled(ref ImageFrames image, RiskLevel level, uint targetId)
    {
        var block = (KillSwitchImageBlock*)image.Next(
            KillSwitchImageBlock.TemplateId, KillSwitchImageBlock.BlockLength, 0, 0, 0);
        block->TargetId = targetId;
        block->Level = level;
    }
}
