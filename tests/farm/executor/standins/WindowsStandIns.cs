// Copyright (c) 2026, the webfarm.signalr authors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// What stands for Windows where the modules run on PowerShell's engine without it: the three types that the node's module_utils
// ask before they ask Windows. The machine is the folder IIS_MODEL_ROOT, read at every call, as one process serves many machines:
//
//   machine.json    optional: {"dotnet_release", "iis_version", "is_administrator", "free_bytes"}; null means: Windows does not tell
//   features.json   of the IIS object model: "build" is the version of Windows, "restartPending" the pending reboot
//   path-map.json   of the IIS object model: {"C:\\": "drive_c"}
//   accounts.json   of the IIS object model; without it every account exists and every logon works. "seen": false hides the
//                   account's state, as a directory does that refuses the query
//   security.json   access rules and owners, written by these types: {"path": {"owner", "rules"}}
//   state.json, events.jsonl   of the IIS object model: worker processes, and what WAS logged

using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading;

namespace WebFarm.SignalR
{
    internal static class Machine
    {
        public static string File(string name) => Path.Combine(Environment.GetEnvironmentVariable("IIS_MODEL_ROOT") ?? "/nonexistent", name);

        public static JsonObject Read(string name) =>
            System.IO.File.Exists(File(name)) ? JsonNode.Parse(System.IO.File.ReadAllText(File(name)))!.AsObject() : new JsonObject();

        public static void Write(string name, JsonObject content)
        {
            var temporary = File(name) + ".new";
            System.IO.File.WriteAllText(temporary, content.ToJsonString());
            System.IO.File.Move(temporary, File(name), true);
        }

        public static T Value<T>(JsonObject table, string name, T otherwise) =>
            table[name] is JsonValue value ? value.GetValue<T>() : otherwise;

        // The lock that the IIS object model takes for its own files.
        public static void Locked(Action action)
        {
            for (var attempt = 0; ; attempt++)
            {
                FileStream held;
                try
                {
                    held = new FileStream(File(".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                }
                catch (IOException) when (attempt < 1000)
                {
                    Thread.Sleep(10);
                    continue;
                }

                using (held)
                {
                    action();
                }

                return;
            }
        }
    }

    public static class WindowsMachine
    {
        private const string DefaultOwner = "O:BAG:SY";
        private const string DefaultRules = "D:AI(A;ID;FA;;;SY)(A;ID;FA;;;BA)(A;ID;0x1200a9;;;BU)";

        public static string ResolvePath(string path)
        {
            var inetsrv = Environment.GetEnvironmentVariable("SystemRoot") + "/System32/inetsrv/config/";
            if (path.Replace('\\', '/').StartsWith(inetsrv, StringComparison.OrdinalIgnoreCase))
            {
                return Machine.File("config/" + path.Substring(inetsrv.Length));
            }

            var map = Machine.Read("path-map.json");
            foreach (var (windows, folder) in map.OrderByDescending(entry => entry.Key.Length))
            {
                var prefix = windows.TrimEnd('\\') + "\\";
                if ((path.Replace('/', '\\') + "\\").StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                {
                    var rest = path.Length > prefix.Length ? path.Substring(prefix.Length).Replace('\\', '/') : "";
                    return Path.Combine(Machine.File(folder!.GetValue<string>()), rest);
                }
            }

            return path;
        }

        public static string OsVersion() => Machine.Value(Machine.Read("features.json"), "build", "10.0.20348");

        public static object? DotNetRelease() => Fact("dotnet_release", 528449);

        public static object? IisVersion() => Fact("iis_version", "10.0");

        public static object? IsAdministrator() => Fact("is_administrator", true);

        public static bool PendingReboot() => Machine.Value(Machine.Read("features.json"), "restartPending", false);

        public static object? FreeBytes(string path) => Fact("free_bytes", 50000000000L);

        private static object? Fact<T>(string name, T otherwise)
        {
            var facts = Machine.Read("machine.json");
            if (facts.ContainsKey(name) && facts[name] is null)
            {
                throw new UnauthorizedAccessException("Access is denied.");
            }

            return Machine.Value(facts, name, otherwise);
        }

        public static string GetSecurity(string path)
        {
            var entry = Security(Machine.Read("security.json"), path);
            return Machine.Value(entry, "owner", DefaultOwner) + Machine.Value(entry, "rules", DefaultRules);
        }

        public static void SetAccessRules(string path, string sddl) => Change(path, "rules", sddl.Substring(sddl.IndexOf("D:", StringComparison.Ordinal)));

        public static void SetOwner(string path, string sddl) => Change(path, "owner", sddl.Substring(0, sddl.IndexOf("D:", StringComparison.Ordinal)));

        public static bool HasAccess(string path, string sid, string rights) => GetSecurity(path).Contains(Rule(sid, rights), StringComparison.Ordinal);

        public static void GrantAccess(string path, string sid, string rights)
        {
            if (!System.IO.File.Exists(path) && !Directory.Exists(path))
            {
                throw new FileNotFoundException("The system cannot find the file specified.");
            }

            var security = GetSecurity(path);
            SetAccessRules(path, security.Substring(security.IndexOf("D:", StringComparison.Ordinal)) + Rule(sid, rights));
        }

        private static string Rule(string sid, string rights) => "(A;OICI;" + rights + ";;;" + sid + ")";

        private static JsonObject Security(JsonObject all, string path) => all[path] as JsonObject ?? new JsonObject();

        private static void Change(string path, string name, string value)
        {
            var all = Machine.Read("security.json");
            var entry = (JsonObject)Security(all, path).DeepClone();
            entry[name] = value;
            all[path] = entry;
            Machine.Write("security.json", all);
        }

        public static DateTime ProcessStarted(int id)
        {
            foreach (var pool in Pools(Machine.Read("state.json")))
            {
                foreach (var worker in pool["workers"]!.AsArray())
                {
                    if (worker!["processId"]!.GetValue<int>() == id)
                    {
                        return DateTime.Parse(worker["startedAt"]!.GetValue<string>(), CultureInfo.InvariantCulture,
                            DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal);
                    }
                }
            }

            throw new ArgumentException("Process with an Id of " + id.ToString(CultureInfo.InvariantCulture) + " is not running.");
        }

        // A pool that is stopping waits for its worker processes; the object model forgets their numbers when the stop begins.
        public static void EndWorker(int id) => Machine.Locked(() =>
        {
            var state = Machine.Read("state.json");
            foreach (var pool in Pools(state))
            {
                var workers = pool["workers"]!.AsArray();
                var found = workers.FirstOrDefault(worker => worker!["processId"]!.GetValue<int>() == id);
                if (found is not null)
                {
                    workers.Remove(found);
                }
                else if (Machine.Value(pool, "state", "") == "Stopping")
                {
                    pool["state"] = "Stopped";
                    pool.Remove("next");
                    pool.Remove("dueAt");
                }
            }

            Machine.Write("state.json", state);
        });

        private static IEnumerable<JsonObject> Pools(JsonObject state) =>
            (state["appPools"] as JsonArray ?? new JsonArray()).Select(pool => pool!.AsObject());
    }

    public static class WindowsEvents
    {
        public static Hashtable[] Read(DateTime since)
        {
            var file = Machine.File("events.jsonl");
            if (!File.Exists(file))
            {
                return Array.Empty<Hashtable>();
            }

            return File.ReadAllLines(file).Where(line => line.Length > 0).Select(line => JsonNode.Parse(line)!.AsObject())
                .Select(entry => new Hashtable
                {
                    ["time"] = DateTime.Parse(entry["time"]!.GetValue<string>(), CultureInfo.InvariantCulture,
                        DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal),
                    ["provider"] = entry["source"]!.GetValue<string>(),
                    ["id"] = entry["id"]!.GetValue<int>(),
                    ["text"] = entry["message"]!.GetValue<string>(),
                })
                .Where(entry => (DateTime)entry["time"]! >= since).ToArray();
        }
    }

    public static class WindowsAccount
    {
        private const string WrongPassword = "The user name or password is incorrect.";

        public static string? Sid(string account)
        {
            if (Find(account) is null)
            {
                return null;
            }

            uint hash = 2166136261;
            foreach (var letter in account.ToUpperInvariant())
            {
                hash = (hash ^ letter) * 16777619;
            }

            return "S-1-5-21-1000-2000-3000-" + hash.ToString(CultureInfo.InvariantCulture);
        }

        public static bool IsEnabled(string account) => Is(account, "enabled", true);

        public static bool IsLocked(string account) => Is(account, "locked", false);

        public static bool IsExpired(string account) => Is(account, "expired", false);

        public static bool IsPasswordExpired(string account) => Is(account, "passwordExpired", false);

        public static bool IsGmsa(string account) => Machine.Value(Find(account)!, "gmsa", false);

        public static bool IsGmsaUsable(string account) => Machine.Value(Find(account)!, "usable", true);

        public static string Logon(string account, string password)
        {
            var found = Find(account);
            if (found is null)
            {
                return WrongPassword;
            }

            if (!File.Exists(Machine.File("accounts.json")))
            {
                return "ok";
            }

            if (Machine.Value(found, "password", "") != password)
            {
                return WrongPassword;
            }

            return !Machine.Value(found, "enabled", true) ? "This user can't sign in because this account is currently disabled."
                : Machine.Value(found, "expired", false) ? "The user's account has expired."
                : Machine.Value(found, "passwordExpired", false) ? "The password for this account has expired."
                : Machine.Value(found, "locked", false) ? "The referenced account is currently locked out and may not be logged on to."
                : "ok";
        }

        public static bool HoldsRight(string account, string right) => Machine.Value(Find(account)!, RightName(right), true);

        public static void GrantRight(string account, string right) => Change(account, right, true);

        public static void RevokeRight(string account, string right) => Change(account, right, false);

        public static void EnableRestorePrivilege()
        {
        }

        private static string RightName(string right) =>
            right == "SeBatchLogonRight" ? "batch" : throw new ArgumentException("There is no right '" + right + "' here.");

        private static bool Is(string account, string name, bool otherwise)
        {
            var found = Find(account)!;
            return Machine.Value(found, "seen", true) ? Machine.Value(found, name, otherwise) : throw new UnauthorizedAccessException("Access is denied.");
        }

        private static readonly string[] BuiltIn =
        {
            "BUILTIN\\Administrators", "NT AUTHORITY\\SYSTEM", "NT AUTHORITY\\NETWORK SERVICE", "BUILTIN\\IIS_IUSRS", "IIS_IUSRS",
        };

        private static bool IsBuiltIn(string account) =>
            BuiltIn.Contains(account, StringComparer.OrdinalIgnoreCase)
            || (account.StartsWith("IIS AppPool\\", StringComparison.OrdinalIgnoreCase)
                && (Machine.Read("state.json")["appPools"] as JsonArray ?? new JsonArray())
                    .Any(pool => ("IIS AppPool\\" + pool!["name"]!.GetValue<string>()).Equals(account, StringComparison.OrdinalIgnoreCase)));

        private static JsonObject? Find(string account)
        {
            if (IsBuiltIn(account))
            {
                return new JsonObject();
            }

            if (!File.Exists(Machine.File("accounts.json")))
            {
                return new JsonObject();
            }

            return Machine.Read("accounts.json")
                .FirstOrDefault(entry => entry.Key.Equals(account, StringComparison.OrdinalIgnoreCase)).Value as JsonObject;
        }

        private static void Change(string account, string right, bool isGranted) => Machine.Locked(() =>
        {
            var accounts = Machine.Read("accounts.json");
            var found = accounts.FirstOrDefault(entry => entry.Key.Equals(account, StringComparison.OrdinalIgnoreCase)).Value as JsonObject;
            if (found is not null)
            {
                found[RightName(right)] = isGranted;
                Machine.Write("accounts.json", accounts);
            }
        });
    }
}
